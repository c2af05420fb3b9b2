"""Words that people in Indonesia put into passwords first, in small letters without blanks.

We wrote the lists by hand for this service. No list of leaked passwords was copied. They hold what such lists are known
to be full of: names, relatives, affection, religion, clubs, months, and the words of the service's own work.
"""

from typing import Final

_EXPECTED: Final = """
ikk indeks kualitas keluarga keluargaku family kader kaderku penyelia supervisor analis admin administrator operator
pengelola dppkb dp3a dinsos kpppa kemenpppa bkkbn posyandu puskesmas pkk tpk2d desa kelurahan kecamatan kabupaten kota
provinsi kantor dinas bupati walikota gubernur lurah camat petugas survei wawancara aplikasi ponsel

password passw0rd sandi katasandi kunci rahasia welcome selamat datang login masuk user pengguna test coba letmein
changeme secret master default benda sifat hewan tempat thing adjective animal place

januari februari maret april juni juli agustus september oktober november desember senin selasa rabu kamis jumat sabtu
minggu

pemprov pemkot pemkab kalsel kalteng kaltim kalbar kaltara jateng jatim jabar jabodetabek sulsel sulut sulteng sultra
sulbar sumut sumbar sumsel bjm bjb sby jkt bdg indonesia indonesiaku merdeka pancasila garuda nusantara kalimantan
sulawesi sumatera sumatra papua borneo jawa

bismillah bismillahirrahmanirrahim alhamdulillah allah allahuakbar allahuakbr astaghfirullah subhanallah masyaallah
insyaallah assalamualaikum islam muslim muslimah ramadhan ramadan lebaran yesus kristus haleluya tuhan tuhanku
tuhanyesus hindu buddha

aku kamu saya kita cinta cintaku cintamu sayang sayangku sayangmu rindu kangen iloveyou loveyou love forever selamanya
selalu bahagia istri istriku suami suamiku pacar pacarku mantan jodoh kekasih keluargakecil anakku anaku ibuku ibu
bapak bapakku ayah ayahku ayahibu bundaku bunda mama mamaku mamah papa papaku papah mamapapa mamapapaku umi abi kakak
adik nenek kakek sahabat

persib persibku persija persebaya bonek arema aremania persipura persela persik persis persita persikabo persiraja
persebaya1927 psis psms psim pss psm sriwijayafc baliunited barito bhayangkara viking jakmania thejak bobotoh
maungbandung baritoputera borneofc madura manchester manchesterunited mancity manunited liverpool chelsea arsenal
tottenham barcelona barca realmadrid madrid juventus acmilan intermilan bayern ronaldo messi bola sepakbola

muhammad mohammad muhamad ahmad akhmad abdul abdullah rahman rahmat hidayat agus budi bambang slamet sugeng joko wahyu
hendra hendri andi adi adit aditya arif arief rizki rizky rizqi fajar ilham iqbal irfan ridwan yusuf ibrahim hasan
husein fauzi fadli farhan ferdi ferry feri dedi dedy deni denny dian doni eko dwi tri putra pratama saputra setiawan
kurniawan gunawan hartono santoso susanto wibowo nugroho prasetyo siti aisyah aminah fatimah khadijah nurul nur dewi
sri ratna rina rini rani lina yuni yanti yuliana indah ayu putri lestari wulan intan permata sari rahayu wati ningsih
novita maya mega kartika kirana zahra salsabila nabila

terimakasih makasih telkomsel indosat tokopedia shopee gojek indomie bhinneka tunggal ika bhinnekatunggalika garudaku

qwerty qwertyuiop qwerty123 asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx 1q2w3e4r 1qaz2wsx abcd abcdef dragon monkey monyet
football sunshine princess superman batman baseball shadow freedom whatever pokemon naruto doraemon
"""
EXPECTED: Final = frozenset(_EXPECTED.split())
"""Words that add nothing to a password. What is left without them has to be hard to guess."""

_COMMON: Final = """
air angin anjing api asam awan ayam baca bagus baik baju baru batu bawah bulan bintang bebek benar beras besar biru
bisa bola buah buaya buku bumi bunga burung cantik cepat cerah coklat daging dalam danau darah daun depan dingin duduk
dunia durian empat enak enam ganteng gajah garam gelap gitar goreng gula gunung guru hari harimau harum hati hidup
hijau hitam hujan hutan ikan jalan jambu jagung janji jendela jeruk kabar kaca kaki kambing kampung kanan kapal karang
kasih kaya kayu kebun kecil kelapa kepala kera keras kertas kipas kiri kopi kucing kuda kue kuning kupu laki langit
lapar laut lebah lebar lemon lima lucu luas mahal makan malam mangga manis mandi mata matahari mawar melati meja merah
minum mobil motor muara muda mudah nasi nanas naik ombak orang padi pagi panas panjang pantai pasar payung pedas
pelangi perahu pergi perut pintu pisang pohon pulang pulau putih radio rajin ramai rambut roti rumah rusa sabar sakit
sapi satu sawah sayur sekolah semangat semut senang senja sepatu sepeda siang singa soto suara subuh sungai susu tahu
taman tanah tangan tangga tari teh telur tempe tenang tiga tikus timun topi tua tujuh ubi udang ular ungu uang warna
warung wangi dua susah senyum tidur bangun kerja makasih semoga sukses jaya
"""
COMMON: Final = frozenset(_COMMON.split())
"""Ordinary words. A password may have them, but each counts as one guess of few."""
