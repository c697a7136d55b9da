# First among the bases of a config that builds on a stock one: mmengine finds ``mmseg::`` configs of every distribution
# of mmseg once mmdatasetdm is imported, and ``custom_imports`` come only after the bases were read. It defines nothing.
import importlib

importlib.import_module('mmdatasetdm')
