"""dataset.json is checked when it is read."""

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.generation.dataset_info import read_dataset


def test_a_data_set_of_another_version(tmp_path):
    (tmp_path / 'dataset.json').write_text('{"format": 1, "samples": 2}')
    with pytest.raises(UserError, match=r'dataset\.json has no schema_version, and this version reads'):
        read_dataset(tmp_path)
