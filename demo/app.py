"""A page in the browser: a prompt in, an image and all its labels out, to download in COCO's form.

    pip install -r requirements/demo.txt
    python demo/app.py                                          # the decoders that come with the package
    python demo/app.py --decoders my_project/my_recipe.py --generator models/stable-diffusion-v1-5

Nothing leaves the machine: the page loads no fonts and reports no usage.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
from mmengine.logging import MMLogger

from mmdatasetdm.apis import DatasetDMInferencer
from mmdatasetdm.errors import UserError
from mmdatasetdm.utils.cli import mistakes_in_one_line

EXAMPLE = 'a room with a person, a red chair and a plant'
MOST = 16  # images at a time


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--decoders', metavar='RECIPE', help="the recipe whose decoders label (default: the package's)")
    parser.add_argument('--generator', metavar='DIR', help="its generator's folder or hub id (default: the recipe's)")
    parser.add_argument('--device', help='cpu, cuda, cuda:1, … (default: cuda when there is one)')
    parser.add_argument('--port', type=int, default=7860, help='(%(default)s)')
    return parser.parse_args(argv)


@lru_cache(maxsize=1)
def inferencer_of(generator: str, decoders: str | None, device: str | None) -> DatasetDMInferencer:
    """The inferencer of the last generator that was chosen; '': that of the recipe."""
    return DatasetDMInferencer(generator=generator or None, decoders=decoders, device=device, show_progress=False)


def label(
    prompt: str, generator: str, num: int, seed: int, *, decoders: str | None = None, device: str | None = None
) -> tuple[list[np.ndarray], str, str]:
    """``num`` images of a prompt: their pictures beside their labels, a zip of the COCO folder, and what was found.

    Raises:
        UserError: a mistake of the person, in one line.
    """
    inferencer = inferencer_of(generator.strip(), decoders, device)
    folder = Path(tempfile.mkdtemp(prefix='mmdatasetdm-'))
    try:
        result = inferencer(
            prompts=[prompt] * int(num), seed=int(seed), return_vis=True, out_dir=folder / 'labelled', layout='coco'
        )
        archive = shutil.make_archive(str(folder / 'labelled'), 'zip', folder / 'labelled')
    finally:
        shutil.rmtree(folder / 'labelled', ignore_errors=True)
    return result['visualization'], archive, summary(result['predictions'])


def summary(predictions: list) -> str:
    """A line an image: the classes that were looked for, and what the decoders found, in Markdown."""
    rows = []
    for number, image in enumerate(predictions):
        if image.failure:
            rows.append(f'- image {number}: failed, {image.failure}')
            continue
        found = []
        if image.instances is not None:
            sure = sum(not one.iscrowd for one in image.instances)
            found.append(f'{sure} instances')
        if image.persons is not None:
            found.append(f'{len(image.persons)} persons with keypoints')
        if image.depth is not None and image.depth.any():
            known = image.depth[image.depth > 0]
            found.append(f'{known.min():.1f} to {known.max():.1f} m')
        rows.append(f'- image {number}: prompted {", ".join(image.classes) or "no known class"}; {", ".join(found)}')
    return '\n'.join(rows)


def build_page(*, decoders: str | None = None, generator: str | None = None, device: str | None = None):
    """The page, a ``gradio.Blocks``."""
    os.environ.setdefault('GRADIO_ANALYTICS_ENABLED', 'False')
    import gradio as gr

    def run(prompt: str, folder: str, num: int, seed: int) -> tuple:
        try:
            pictures, archive, text = label(prompt, folder, num, seed, decoders=decoders, device=device)
        except UserError as error:
            raise gr.Error(str(error)) from None
        return np.concatenate(pictures), gr.DownloadButton(value=archive, interactive=True), text

    with gr.Blocks(title='mmdatasetdm', analytics_enabled=False) as page:
        gr.Markdown('# Labelled images\nThe generator draws what you type; its decoders write the labels.')
        with gr.Row():
            with gr.Column(scale=1, min_width=280):
                prompt = gr.Textbox(EXAMPLE, label='Prompt', lines=2, elem_id='prompt')
                folder = gr.Textbox(
                    generator or '', label='Generator', info="a diffusers folder; empty: the recipe's own"
                )
                num = gr.Slider(1, MOST, value=4, step=1, label='Images')
                seed = gr.Number(0, label='Seed', precision=0, minimum=0)
                button = gr.Button('Generate', variant='primary', elem_id='generate')
                archive = gr.DownloadButton('Download as COCO (zip)', interactive=False)
            with gr.Column(scale=3):
                pictures = gr.Image(show_label=False, format='png', interactive=False)
                found = gr.Markdown(elem_id='found')
        button.click(run, [prompt, folder, num, seed], [pictures, archive, found])
        prompt.submit(run, [prompt, folder, num, seed], [pictures, archive, found])
    return page


@mistakes_in_one_line()
def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    try:
        import gradio as gr
    except ImportError:
        raise UserError('the page needs Gradio: pip install -r requirements/demo.txt') from None
    MMLogger.get_current_instance().setLevel('WARNING')
    page = build_page(decoders=args.decoders, generator=args.generator, device=args.device)
    inferencer_of(args.generator or '', args.decoders, args.device)  # a mistake is told before the page opens
    # system fonts: the standard theme loads its own from a server
    theme = gr.themes.Default(font=['system-ui', 'sans-serif'], font_mono=['monospace'])
    page.launch(server_port=args.port, theme=theme)
    return 0


if __name__ == '__main__':
    sys.exit(main())
