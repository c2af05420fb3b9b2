"""The vault decrypts an identity only for its family and with its key. Digests match across rotations of keys."""

from pathlib import Path
from uuid import uuid4

import pytest

from app.platform import encryption as module
from app.platform.encryption import ContentHash, Vault, VaultError
from app.platform.key_ring import KeyRing, rotate_key, withdraw_key
from tests.support.families import age_keys
from tests.support.keys import good_ring

IDENTITY = {"card_number": "6372010101100001", "people": [{"name": "Orang Melati é"}]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def ring(file: Path) -> KeyRing:
    return good_ring(file)


@pytest.fixture
def vault(ring: KeyRing) -> Vault:
    return Vault(ring)


def test_it_works(vault: Vault, ring: KeyRing) -> None:
    family = uuid4()
    key_id, encrypted = vault.encrypt(family, IDENTITY)
    assert key_id == ring.current("identity").id
    assert vault.decrypt(family, key_id, encrypted) == IDENTITY


def test_nothing_of_it_shows(vault: Vault) -> None:
    _, encrypted = vault.encrypt(uuid4(), IDENTITY)
    assert b"6372" not in encrypted
    assert b"Melati" not in encrypted


def test_no_two_encryptions_are_alike(vault: Vault) -> None:
    family = uuid4()
    encrypted = {vault.encrypt(family, IDENTITY)[1] for _ in range(50)}
    assert len(encrypted) == len({each[:13] for each in encrypted}) == 50


def test_it_is_decrypted_for_no_other_family(vault: Vault) -> None:
    key_id, encrypted = vault.encrypt(uuid4(), IDENTITY)
    with pytest.raises(VaultError, match="altered, or moved here from elsewhere"):
        vault.decrypt(uuid4(), key_id, encrypted)


def test_every_altered_or_missing_byte_is_seen(vault: Vault) -> None:
    family = uuid4()
    key_id, encrypted = vault.encrypt(family, {"a": 1})
    for place in range(len(encrypted)):
        for altered in (encrypted[:place] + bytes([encrypted[place] ^ 1]) + encrypted[place + 1 :], encrypted[:place]):
            with pytest.raises(VaultError):
                vault.decrypt(family, key_id, altered)


def test_an_old_key_decrypts_until_it_is_withdrawn_and_then_the_error_says_so(
    vault: Vault, ring: KeyRing, file: Path
) -> None:
    family = uuid4()
    key_id, encrypted = vault.encrypt(family, IDENTITY)
    rotate_key(file, "identity")
    ring.look()
    assert vault.encrypt(family, IDENTITY)[0] != key_id
    assert vault.decrypt(family, key_id, encrypted) == IDENTITY
    age_keys(file)
    withdraw_key(file, key_id)
    ring.look()
    ring.settle(ring.newest(), ())
    with pytest.raises(VaultError, match=f"its key {key_id} is not in the key ring") as raised:
        vault.decrypt(family, key_id, encrypted)
    assert "6372" not in str(raised.value)


def test_a_digest_is_of_kind_and_number_under_a_key(vault: Vault, file: Path) -> None:
    number = IDENTITY["card_number"]
    assert isinstance(number, str)
    assert vault.digest("card", number) == vault.digest("card", number)
    assert vault.digest("card", number) != vault.digest("nik", number)
    other = Vault(good_ring(file.with_name("other.json")))
    assert other.digest("card", number)[1] != vault.digest("card", number)[1]


def test_a_number_is_looked_for_under_every_key_and_stored_under_the_one_in_use(
    vault: Vault, ring: KeyRing, file: Path
) -> None:
    before = vault.digest("nik", "6372010101900001")
    assert vault.digests_to_store("nik", "6372010101900001") == [before]
    rotate_key(file, "matching")
    ring.look()
    after = vault.digest("nik", "6372010101900001")
    assert after != before
    assert vault.digests("nik", "6372010101900001") == [after, before]
    # For some seconds, another server process may not know the new key.
    assert 0 < vault.settles_in() <= 5
    assert vault.digests_to_store("nik", "6372010101900001") == [after, before]
    age_keys(file)
    ring.look()
    assert vault.settles_in() == 0
    assert vault.digests_to_store("nik", "6372010101900001") == [after]


def test_a_layout_of_another_version_is_not_guessed_at(vault: Vault) -> None:
    family = uuid4()
    key_id, encrypted = vault.encrypt(family, IDENTITY)
    assert encrypted[:1] == module._LAYOUT
    with pytest.raises(VaultError, match="layout"):
        vault.decrypt(family, key_id, b"\x02" + encrypted[1:])


def test_a_content_hash_is_decrypted_for_its_submission_only(vault: Vault) -> None:
    submission, salt = uuid4(), uuid4()
    hashed = ContentHash(bytes(range(32)), salt)
    key_id, encrypted = vault.encrypt_hash(submission, hashed)
    assert hashed.value not in encrypted
    assert salt.bytes not in encrypted
    assert vault.decrypt_hash(submission, key_id, encrypted) == hashed
    assert vault.decrypt_hash(uuid4(), key_id, encrypted) is None
    assert vault.decrypt_hash(submission, key_id, encrypted[:-1] + bytes([encrypted[-1] ^ 1])) is None
    assert vault.decrypt_hash(submission, "another", encrypted) is None


def test_a_receipt_is_known_again_after_a_rotation(vault: Vault, ring: KeyRing, file: Path) -> None:
    submission, content_hash = uuid4(), bytes(32)
    encrypted = vault.encrypt_hash(submission, ContentHash(content_hash))
    (mark,) = vault.marks(submission, content_hash)
    rotate_key(file, "receipts")
    ring.look()
    assert vault.decrypt_hash(submission, *encrypted) == ContentHash(content_hash)
    assert vault.marks(submission, content_hash)[1:] == [mark]
    assert mark not in vault.marks(submission, bytes(31) + b"1")
    assert mark not in vault.marks(uuid4(), content_hash)


def test_a_salt_is_found_again_after_a_rotation_and_for_its_sender_only(
    vault: Vault, ring: KeyRing, file: Path
) -> None:
    sender, salt = uuid4(), uuid4()
    (mark,) = vault.salt_marks(sender, salt)
    rotate_key(file, "receipts")
    ring.look()
    new, old = vault.salt_marks(sender, salt)
    assert (old, len(mark), len(new)) == (mark, 16, 16)
    assert new != mark
    assert not {new, old} & {*vault.salt_marks(uuid4(), salt), *vault.salt_marks(sender, uuid4())}
    assert not {new, old} & {*vault.salt_marks(salt, sender)}
