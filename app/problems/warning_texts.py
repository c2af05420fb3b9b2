"""The text of every warning in Indonesian and English, by its stable code.

A warning is something odd in a submission that is not a fault. The service stores the submission and returns the
warnings with the receipt. A code is never reused for another warning.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from app.problems.fault_texts import Texts

WarningCode = Literal[
    "family_differs",
    "card_region_unknown",
    "nik_region_unknown",
    "nik_sex_differs",
    "nik_birth_date_differs",
    "head_sex_differs",
    "more_people_than_members",
    "identity_changed",
    "interviewed_before",
    "text_cleaned",
    "implausible",
    "in_training",
    "salt_used_before",
    "received_late",
    "too_fast",
    "device_clock",
    "phone_score_differs",
]

WARNING_TEXTS: Final[Mapping[WarningCode, Texts]] = MappingProxyType(
    {
        "family_differs": (
            "Jawaban ini berbeda dari isi family; periksa mana yang benar.",
            "This answer differs from what family says; check which is right.",
        ),
        "card_region_unknown": (
            "Enam angka pertama No KK ini bukan kode kecamatan yang kami kenal; periksa nomornya.",
            "The first six digits of this No KK are no district that we know; check the number.",
        ),
        "nik_region_unknown": (
            "Enam angka pertama NIK ini bukan kode kecamatan yang kami kenal; periksa nomornya. NIK lama bisa "
            "memuat kode yang sudah tidak dipakai.",
            "The first six digits of this NIK are no district that we know; check the number. An old NIK may hold a "
            "code that is no longer in use.",
        ),
        "nik_sex_differs": (
            "Jenis kelamin berbeda dari NIK; periksa mana yang benar. NIK tidak berubah walaupun isinya keliru.",
            "The sex differs from the NIK; check which is right. A NIK stays as it is even where it is wrong.",
        ),
        "nik_birth_date_differs": (
            "Tanggal lahir berbeda dari NIK; periksa mana yang benar. NIK tidak berubah walaupun isinya keliru.",
            "The date of birth differs from the NIK; check which is right. A NIK stays as it is even where it is "
            "wrong.",
        ),
        "head_sex_differs": (
            "Jenis kelamin kepala keluarga berbeda dari head_sex; periksa mana yang benar.",
            "The sex of the head differs from head_sex; check which is right.",
        ),
        "more_people_than_members": (
            "Orang yang disebut lebih banyak daripada members; periksa mana yang benar.",
            "More people are named than members says; check which is right.",
        ),
        "interviewed_before": (
            "Keluarga dengan No KK ini sudah diwawancarai tahun ini. Hanya wawancara dengan tanggal terakhir yang "
            "dihitung; yang lain tetap disimpan.",
            "The family with this card number was already interviewed this year. Only the interview with the latest "
            "date counts; the others are kept.",
        ),
        "identity_changed": (
            "Orang-orang ini bukan yang disebut sebelumnya dengan No KK ini; periksa No KK, nama, dan NIK. Pejabat "
            "pelindungan data akan memutuskan apakah keluarganya sama.",
            "These are not the people who were named earlier with this card number; check card number, names and NIK. "
            "The data protection officer will settle whether the family is the same.",
        ),
        "text_cleaned": (
            "Karakter yang tidak terlihat, baris baru, atau spasi ganda dalam isian ini sudah dirapikan, misalnya dari "
            "hasil salinan pesan. Tidak ada yang perlu dilakukan.",
            "Characters that cannot be seen, line breaks or double blanks in this text were tidied, such as those of a "
            "copied message. There is nothing for you to do.",
        ),
        "in_training": (
            "Akun Anda dalam latihan ketika kiriman ini diterima, jadi kiriman ini tidak dihitung dan akan dihapus. "
            "Jika "
            "ini wawancara sungguhan, kirim lagi dengan id baru setelah admin mengeluarkan akun Anda dari latihan.",
            "Your account was in training when this submission was received, so it does not count and will be "
            "erased. If "
            "it is a real interview, send it under a new id once your administrator has taken your account out of "
            "training.",
        ),
        "salt_used_before": (
            "Wawancara ini mungkin sudah pernah dikirim dengan id lain, karena salt-nya sama. Bandingkan keduanya, dan "
            "beri tahu supervisor jika memang sama. Buat salt baru sekali untuk setiap wawancara.",
            "This interview may have been sent before under another id, because its salt is the same. Compare the two, "
            "and tell your supervisor if they are one interview. Make a salt once for each interview.",
        ),
        "received_late": (
            "Kiriman ini diterima setelah putaran ditutup. Kiriman tetap disimpan dan ditandai terlambat.",
            "This arrived after the round was closed. It is stored, and marked as late.",
        ),
        "too_fast": (
            "Wawancara ini selesai lebih cepat daripada waktu untuk membacakan pertanyaannya. Batas ini sementara dan "
            "bukan batas resmi. Periksa started_at dan surveyed_at.",
            "This interview took less time than its questions take to be read. The limit is provisional and not "
            "official. Check started_at and surveyed_at.",
        ),
        "device_clock": (
            "Jam perangkat ini berbeda lebih dari lima menit dari jam layanan, jadi waktu wawancara mungkin keliru. "
            "Waktu disimpan seperti dikirim. Atur jam perangkat secara otomatis.",
            "The clock of this device differs from the service's by more than five minutes, so the time of the "
            "interview may be wrong. It is stored as it was sent. Let the device set its clock by itself.",
        ),
        "phone_score_differs": (
            "HP menunjukkan nilai yang berbeda dari nilai layanan. Yang berlaku adalah nilai layanan. Beri tahu "
            "operator, karena formulir di HP mungkin keliru.",
            "The phone showed another score than the service's, which is the one that counts. Tell the operator, as "
            "the form on the phone may be wrong.",
        ),
        "implausible": (
            "Jawaban-jawaban ini jarang ada bersama-sama; periksa mana yang benar.",
            "These answers rarely go together; check which is right.",
        ),
    }
)
