"""Checksums: of bytes, of files of any size, and of values whatever their order."""

from mmdatasetdm.utils.checksum import canonical, digest, sha256, sha256_file


def test_a_file_has_the_checksum_of_its_bytes(tmp_path):
    data = bytes(range(256)) * 10_000  # more than is read at once
    (tmp_path / 'file').write_bytes(data)
    assert sha256_file(tmp_path / 'file') == sha256(data)
    assert sha256(b'') == 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'


def test_equal_values_have_equal_digests():
    assert digest(dict(a=1, b=(2, 3))) == digest(dict(b=[2, 3], a=1))
    assert digest(dict(a=1)) != digest(dict(a=2)) and len(digest(None)) == 16
    assert canonical(dict(b='ä', a=1)) == '{"a": 1, "b": "ä"}'
