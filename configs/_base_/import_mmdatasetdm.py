# First among the bases of a config that builds on a stock one: mmengine finds ``mmseg::`` configs of every distribution
# of mmseg once mmdatasetdm is imported, and ``custom_imports`` come only after the bases were read. It defines nothing.
# Not an import statement: mmengine 0.10.7 in a virtual environment takes it for a config of its other, lazy kind.
__import__('mmdatasetdm')
