"""Names of types are looked up where a config says, without a word."""

from mmengine.logging import MMLogger
from mmengine.registry import DefaultScope

from mmdatasetdm.engine.scope import enter_scope


def test_scopes_change_back_and_forth_silently(log, capsys):
    MMLogger.get_current_instance()
    for name in ('mmdet', 'mmseg', 'mmdet', 'mmdet', None, 'mmpose'):
        enter_scope({} if name is None else {'default_scope': name})
        assert DefaultScope.get_current_instance().scope_name == (name or 'mmseg')
    told = capsys.readouterr()
    assert not told.out and not told.err
