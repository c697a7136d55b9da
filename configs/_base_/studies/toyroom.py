# What all studies of the built-in world have in common. Another style of its images is tested with --also-test street.
_base_ = '../datasets/toyroom_world.py'

data_root = _base_.toyroom_root
train_list = 'ImageSets/Segmentation/train_{labels}.txt'
test_list = 'ImageSets/Segmentation/test.txt'
# the validation images are for comparing choices, before the test images are looked at
styles = dict(street='ImageSets/Segmentation/test_street.txt', val='ImageSets/Segmentation/val.txt')
seeds = (0, 1, 2)
settings = ('real', 'synthetic', 'real+synthetic')
ratio = (1, 1)  # real : synthetic
num = 2000
iterations = 2000
