"""The schedulers of diffusers that fit a generator."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from diffusers import SchedulerMixin, schedulers
from diffusers.utils.import_utils import DummyObject

from mmdatasetdm.diffusion.noise import FLOW, TRIGFLOW, prediction_of
from mmdatasetdm.diffusion.trigflow import TrigFlowScheduler
from mmdatasetdm.errors import UserError

# where a recipe names none; flow matching and checkpoints that were made for few steps of one scheduler have their own
_DEFAULT = 'DDIMScheduler'
# what the denoiser was trained with
_SCHEDULE = (
    'num_train_timesteps',
    'beta_start',
    'beta_end',
    'beta_schedule',
    'trained_betas',
    'prediction_type',
    'rescale_betas_zero_snr',
    'use_flow_sigmas',
)
_NO_OTHER = ('LCMScheduler', 'TCDScheduler')


def make_scheduler(
    name: str | None,
    config: Mapping[str, Any],
    *,
    seeds: Sequence[int],
    distilled: bool = False,
    options: Mapping[str, Any] | None = None,
) -> SchedulerMixin | TrigFlowScheduler:
    """The scheduler ``name`` with the generator's own noise schedule; None: the default one of the generator.

    Args:
        options: of the scheduler, in the place of what ``config`` says.
        distilled: the generator may be a consistency model although its own scheduler is another one.

    Raises:
        UserError: there is no such scheduler, or it is made for another kind of model.
    """
    if prediction_of(config) == TRIGFLOW:
        if name not in (None, 'SCMScheduler'):
            raise UserError(f"no diffusers scheduler '{name}' fits this generator but its own, SCMScheduler")
        return TrigFlowScheduler(dict(config))
    flow = prediction_of(config) == FLOW
    known = fitting_schedulers(flow=flow)
    if name is None:
        own = str(config.get('_class_name'))
        name = own if own in known and (flow or own in _NO_OTHER) else _DEFAULT
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or [_DEFAULT]
        if flow:
            near = ['FlowMatchEulerDiscreteScheduler', *near[:2]]
        raise UserError(f"no diffusers scheduler '{name}' fits this generator; near it: {', '.join(near)}")
    if name in _NO_OTHER and not distilled and config.get('_class_name') not in _NO_OTHER:
        raise UserError(
            f"the scheduler '{name}' is for models that were distilled to few steps, and this generator is none by its "
            f"configs: take another one, or, if it was distilled, name '{name}' in its scheduler_config.json"
        )
    accepted = inspect.signature(known[name].__init__).parameters
    given = dict(config)
    if flow:  # the shift of the noise levels has two names
        shift = config.get('shift', config.get('flow_shift', 1.0))
        given |= dict(shift=shift, flow_shift=shift, use_flow_sigmas=True, prediction_type=FLOW)
    if str(config.get('variance_type')).startswith('learned'):  # what the denoiser predicts of it is not used
        given['variance_type'] = 'fixed_small'
    settings = {key: value for key, value in given.items() if key in accepted}
    settings |= _checked(options or {}, name, [key for key in accepted if key not in ('self', *_SCHEDULE)])
    if 'noise_sampler_seed' in accepted:  # it draws from a process of its own; the others take generators in step()
        settings['noise_sampler_seed'] = list(seeds)
    if 'skip_prk_steps' in accepted:  # as all latent diffusion does; the Runge-Kutta start needs many steps
        settings.setdefault('skip_prk_steps', True)
    try:
        return known[name].from_config(settings)
    except (ValueError, TypeError, NotImplementedError, AssertionError) as error:
        raise UserError(
            f"the scheduler '{name}' does not take these options: {' '.join(str(error).split())}"
        ) from error
    except ImportError as error:
        raise UserError(f"the scheduler '{name}' needs another package: {' '.join(str(error).split())}") from error


def _checked(options: Mapping[str, Any], name: str, known: Sequence[str]) -> Mapping[str, Any]:
    for key in options:
        if key in _SCHEDULE:
            raise UserError(f"the option '{key}' of a scheduler is the generator's own: images would not be its images")
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            meant = f"; did you mean '{near[0]}'?" if near else f'; it has {", ".join(known)}'
            raise UserError(f"the scheduler '{name}' has no option '{key}'{meant}")
    return options


@cache
def fitting_schedulers(*, flow: bool = False) -> dict[str, type[SchedulerMixin]]:
    """The schedulers of the installed diffusers that fit a latent diffusion or a flow matching model, by name."""
    found = {name: getattr(schedulers, name) for name in dir(schedulers) if name.endswith('Scheduler')}
    # a DummyObject lacks a package and says which when it is made
    fits = _fits_flow if flow else _fits
    return {name: kind for name, kind in found.items() if isinstance(kind, DummyObject) or fits(kind)}


def _fits(scheduler: Any) -> bool:
    """Whether it keeps to a given variance-preserving schedule and has the plain step(prediction, t, sample)."""
    own = set(inspect.signature(scheduler.__init__).parameters)
    return (
        {'beta_start', 'beta_schedule', 'prediction_type'} <= own and 'snr_shift_scale' not in own and _plain(scheduler)
    )


def _fits_flow(scheduler: Any) -> bool:
    """Whether it steps along a straight flow of noise and image."""
    own = set(inspect.signature(scheduler.__init__).parameters)
    return (scheduler.__name__.startswith('FlowMatch') or 'use_flow_sigmas' in own) and _plain(scheduler)


def _plain(scheduler: Any) -> bool:
    step = list(inspect.signature(scheduler.step).parameters.values())[4:]
    return 'Inverse' not in scheduler.__name__ and all(p.default is not p.empty for p in step)
