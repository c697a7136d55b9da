"""Names of types are looked up where a config says, without a word."""

from mmengine.registry import DefaultScope

from mmdatasetdm.engine.scope import enter_scope


def test_scopes_change_back_and_forth_silently(log):
    for name in ('mmdet', 'mmseg', 'mmdet', 'mmdet', None, 'mmpose'):
        enter_scope({} if name is None else {'default_scope': name})
        assert DefaultScope.get_current_instance().scope_name == (name or 'mmseg')
    assert not list(log)
