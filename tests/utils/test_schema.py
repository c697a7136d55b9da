"""Files of another version are refused."""

import pytest

from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.schema import SCHEMA_VERSION, check_version


def test_versions():
    check_version(dict(schema_version=SCHEMA_VERSION), 'dataset.json')
    for value in (dict(schema_version=SCHEMA_VERSION + 1), dict(format=1)):
        with pytest.raises(UserError, match=r'^dataset\.json has .*schema_version.*; generate the data set again$'):
            check_version(value, 'dataset.json')
