"""The sentences of `figure_wording.py`, by what they say: Indonesian first, then English."""

from typing import Final

TEXTS: Final[dict[str, tuple[str, str]]] = {
    # What an indicator is
    "indicator": (
        "Persentase keluarga yang memenuhi, di antara keluarga yang berkaitan dengan indikator ini dan menjawab",
        "Percentage of families that fulfil it, among those that the indicator concerns and that answered",
    ),
    "valued": (
        "Rata-rata nilai keluarga yang berkaitan dengan indikator ini dan menjawab, dari 0 untuk poin terendah sampai "
        "100 untuk poin tertinggi",
        "Mean value of the families that the indicator concerns and that answered, from 0 for the least points to 100 "
        "for the most",
    ),
    "fulfilled_when": ("Terpenuhi jika {condition}", "It is fulfilled if {condition}"),
    "deprived_when": ("Tidak terpenuhi jika {condition}", "It is not fulfilled if {condition}"),
    "points": ("Poin: {points}", "Points: {points}"),
    "applies_when": ("Berkaitan dengan keluarga jika {condition}", "It concerns a family if {condition}"),
    "index_applies_when": (
        "Indeks ini berkaitan dengan keluarga jika {condition}",
        "The index concerns a family if {condition}",
    ),
    "only": (
        "Dari {roster} hanya dihitung baris yang memenuhi ini: {condition}",
        "Of {roster} only rows for which this is so count: {condition}",
    ),
    "where": ("{name} adalah {formula}", "{name} is {formula}"),
    # What a group or an index is
    "mean": ("Rata-rata berbobot dari {parts}", "Weighted mean of {parts}"),
    "minimum": ("Nilai terendah dari {parts}", "The lowest value of {parts}"),
    "maximum": ("Nilai tertinggi dari {parts}", "The highest value of {parts}"),
    "geometric-mean": ("Rata-rata geometris berbobot dari {parts}", "Weighted geometric mean of {parts}"),
    "points-sum": ("Jumlah poin berbobot dari {parts}", "Weighted sum of the points of {parts}"),
    "counting": (
        "Bagian kekurangan keluarga, berbobot, dari {parts}",
        "Weighted share of deprivations of a family in {parts}",
    ),
    "stages": (
        "Banyaknya tahap yang dilewati keluarga sebelum tahap pertama yang tidak dilewati, menurut urutan {parts}",
        "How many stages a family passed before the first that it did not pass, in the order {parts}",
    ),
    "rule": ("Kategori keluarga menurut syarat", "The category of a family by conditions"),
    "stage": (
        "Persentase indikator yang terpenuhi di antara yang dijawab, dari {parts}",
        "Percentage of indicators that are fulfilled, among the answered ones of {parts}",
    ),
    # Formulas
    "share": (
        "100 × F ÷ (F + U). F: keluarga yang memenuhi, U: keluarga yang tidak memenuhi. Keluarga yang tidak berkaitan "
        "dan yang tidak menjawab tidak dihitung",
        "100 × F ÷ (F + U). F: families that fulfil it, U: families that do not. Families that it does not concern and "
        "families that did not answer are left out",
    ),
    "share_of_values": (
        "100 × Σv ÷ A. v = (poin − {least}) ÷ ({most} − {least}), A: keluarga yang poinnya diketahui",
        "100 × Σv ÷ A. v = (points − {least}) ÷ ({most} − {least}), A: families whose points are known",
    ),
    "parts_of_one": (
        "[kode] adalah nilai bagian itu dari 0 sampai 1. Indikator bernilai 1 jika terpenuhi dan 0 jika tidak",
        "[code] is the value of that part from 0 to 1. An indicator is 1 if fulfilled and 0 if not",
    ),
    "parts_of_points": (
        "Indikator dengan poin bernilai (poin − terendah) ÷ (tertinggi − terendah)",
        "An indicator with points is (points − least) ÷ (most − least)",
    ),
    "parts_groups": ("Kelompok bernilai angkanya ÷ {scale}", "A group is its figure ÷ {scale}"),
    "parts_deprived": (
        "[kode] adalah kekurangan dari 0 sampai 1. Indikator bernilai 1 jika tidak terpenuhi dan 0 jika terpenuhi",
        "[code] is the deprivation from 0 to 1. An indicator is 1 if not fulfilled and 0 if fulfilled",
    ),
    "parts_summed": (
        "[kode] adalah poin indikator atau jumlah poin kelompok itu",
        "[code] is the points of that indicator or the sum of points of that group",
    ),
    "without_value": (
        "Bagian tanpa nilai tidak dihitung, begitu pula bobotnya",
        "Parts without a value are left out together with their weights",
    ),
    "of_indicators": (
        "Bagi wilayah (of_indicators) rumus yang sama dipakai dengan rata-rata nilai indikator di wilayah itu",
        "For a region (of_indicators), the same formula takes the mean values of the indicators in the region",
    ),
    "of_points": (
        "Bagi wilayah (of_indicators) rumus yang sama dipakai dengan rata-rata poin indikator di wilayah itu",
        "For a region (of_indicators), the same formula takes the mean points of the indicators in the region",
    ),
    "mean_of_families": (
        "Rata-rata keluarga (mean) adalah jumlah nilai keluarga ÷ banyaknya keluarga yang memiliki nilai",
        "The mean of families (mean) is the sum of their values ÷ the number of families that have a value",
    ),
    "measured": (
        "Setiap keluarga dihitung sebanyak {name}",
        "Each family counts for {name}",
    ),
    "by_category": (
        "Bagi wilayah: 100 × keluarga dalam kategori ÷ keluarga yang memiliki kategori",
        "For a region: 100 × families in a category ÷ families that have a category",
    ),
    "first_true": (
        "Kategori pertama yang syaratnya benar: {categories}",
        "The first category whose condition is true: {categories}",
    ),
    "passed": (
        "Tahap dilewati jika tidak ada indikatornya yang tidak terpenuhi atau tidak dijawab",
        "A stage is passed if none of its indicators is unfulfilled or unanswered",
    ),
    "poor": ("Keluarga miskin jika nilainya ≥ {cut_off}", "A family is poor if its value is ≥ {cut_off}"),
    "headline_mean": ("Angka utama: mean × {factor}", "Headline: mean × {factor}"),
    "headline_of_indicators": ("Angka utama: of_indicators × {factor}", "Headline: of_indicators × {factor}"),
    "headline_share": (
        "Angka utama: {scale} × keluarga dalam kategori {categories} ÷ keluarga yang memiliki kategori",
        "Headline: {scale} × families in the categories {categories} ÷ families that have a category",
    ),
    "headline_headcount": (
        "Angka utama H: {scale} × keluarga miskin ÷ keluarga yang memiliki nilai",
        "Headline H: {scale} × poor families ÷ families that have a value",
    ),
    "headline_intensity": (
        "Angka utama A: rata-rata bagian kekurangan keluarga miskin, dari 0 sampai {scale}",
        "Headline A: mean share of deprivations of poor families, from 0 to {scale}",
    ),
    "headline_adjusted": (
        "Angka utama M0 = H × A: rata-rata bagian kekurangan, dengan 0 bagi keluarga yang tidak miskin, dari 0 sampai "
        "{scale}",
        "Headline M0 = H × A: mean share of deprivations, where families that are not poor count as 0, from 0 to "
        "{scale}",
    ),
    # What must be answered
    "complete": ("Nilai ada jika {needs}", "There is a value if {needs}"),
    "minimum_answered": ("sedikitnya {number} indikator dijawab", "at least {number} indicators are answered"),
    "minimum_share": (
        "sedikitnya {number} bagian dari indikator yang berkaitan dijawab",
        "at least {number} of the indicators that apply are answered",
    ),
    "maximum_missing": (
        "paling banyak {number} indikator yang berkaitan tidak dijawab",
        "at most {number} of the indicators that apply are unanswered",
    ),
    "none_missing": ("semua indikator yang berkaitan dijawab", "all indicators that apply are answered"),
    "required": ("indikator {codes} dijawab jika berkaitan", "the indicators {codes} are answered where they apply"),
    "every_group": ("setiap kelompok memiliki nilai", "every group has a value"),
    "every_part": ("setiap bagian memiliki poin", "every part has points"),
    # Interpretation
    "more_fulfil": (
        "Semakin tinggi, semakin besar bagian keluarga yang memenuhi",
        "The higher it is, the more of the families fulfil it",
    ),
    "more_points": (
        "Semakin tinggi, semakin dekat rata-rata keluarga ke poin tertinggi",
        "The higher it is, the closer the families are on average to the most points",
    ),
    "up": ("Semakin tinggi semakin baik", "Higher is better"),
    "down": ("Semakin tinggi semakin buruk", "Higher is worse"),
    "up_of_family": ("Bagi keluarga, nilai yang lebih tinggi lebih baik", "For a family, a higher value is better"),
    "down_of_family": ("Bagi keluarga, nilai yang lebih tinggi lebih buruk", "For a family, a higher value is worse"),
    "weak": (
        "Indikator wilayah lemah jika di bawah {bound} persen (batas ini: {status})",
        "In a region the indicator is weak below {bound} percent (this limit: {status})",
    ),
    "family_categories": ("Kategori keluarga: {categories}", "Categories of families: {categories}"),
    "region_categories": ("Kategori wilayah: {categories}", "Categories of regions: {categories}"),
    "category": ("{name}: {bound} ({status})", "{name}: {bound} ({status})"),
    "up_to": ("sampai {bound}", "up to {bound}"),
    "under": ("di bawah {bound}", "below {bound}"),
    "above": ("di atasnya", "above that"),
    "after": ("setelah melewati {group}", "after passing {group}"),
    "before_all": ("sebelum melewati tahap pertama", "before passing the first stage"),
    "by_condition": ("menurut syaratnya", "by its condition"),
    "official": ("resmi", "official"),
    "literature": ("dari literatur", "from literature"),
    "provisional": ("sementara", "provisional"),
    # Bounds of answers
    "least": ("paling sedikit {bound}", "at least {bound}"),
    "most": ("paling banyak {bound}", "at most {bound}"),
    "length_least": ("sedikitnya {bound} huruf", "at least {bound} characters"),
    "length_most": ("paling banyak {bound} huruf", "at most {bound} characters"),
    "earliest": ("tidak sebelum {bound}", "not before {bound}"),
    "latest": ("tidak setelah {bound}", "not after {bound}"),
    "interview": ("hari wawancara", "the day of the interview"),
    "digits": ("paling banyak {digits} angka di belakang koma", "at most {digits} decimals"),
    "most_chosen": ("paling banyak {bound} pilihan", "at most {bound} options"),
    # Measures and units
    "percentage": ("Persentase", "Percentage"),
    "percent": ("persen", "percent"),
    "proportion": ("Proporsi", "Proportion"),
    "part_of": ("bagian dari {scale}", "parts of {scale}"),
    "index": ("Indeks", "Index"),
    "points_to": ("poin dari 0 sampai {scale}", "points from 0 to {scale}"),
    "score": ("Skor", "Score"),
    "score_points": ("poin", "points"),
}
