from mmengine.config import Config

from mmdatasetdm.engine.benchmark import benchmark_decoder


def test_a_training_step_is_timed_with_and_without_cache(toy_generator_folder, tmp_path):
    config = Config.fromfile('configs/datasetdm/datasetdm_toyroom_semantic-20shot_1xb8-500iters_toyroom-128x128.py')
    config.model.backbone.update(generator=str(toy_generator_folder), class_phrases=['sofa', 'lamp'])
    config.train_dataloader.batch_size = 1
    result = benchmark_decoder(config, iterations=1)
    assert list(result) == ['no cache', 'cached latents', 'cached features']
    assert all(times['wall'] > 0 for times in result.values())
    # 16 channels of 16 x 16 in half precision are 8 KiB
    assert result['no cache']['kib'] == 0 and 8 < result['cached latents']['kib'] < 9 < result['cached features']['kib']
