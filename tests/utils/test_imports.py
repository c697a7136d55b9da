import gc

import pytest

from mmdatasetdm.utils.imports import uncollected


def test_collection_goes_on_afterwards():
    with pytest.raises(ImportError), uncollected():
        assert not gc.isenabled()
        raise ImportError
    assert gc.isenabled()
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled(), 'who had turned it off wants it off'
    finally:
        gc.enable()
