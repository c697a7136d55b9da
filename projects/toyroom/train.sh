#!/bin/sh
# Make the built-in generator, or go on with it: render, autoencoder, latents, denoiser. Every stage checkpoints and goes
# on from what is there, so the same command resumes after any stop; it first says how far it is.
#   projects/toyroom/train.sh            all stages at low priority, on the processor
#   projects/toyroom/train.sh status     only say how far it is
#   DEVICE=cuda projects/toyroom/train.sh   the denoiser on a GPU, in one process
# WORK is the folder of everything (work_dirs/toyroom). What is slow to make again is kept a second time in KEEP, outside
# of the working tree, so that a fresh checkout on the same machine goes on too.
set -eu
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
work=${WORK:-work_dirs/toyroom} keep=${KEEP:-${XDG_CACHE_HOME:-$HOME/.cache}/mmdatasetdm/toyroom}
images=${IMAGES:-48000} steps=${STEPS:-13000} samples=${SAMPLES:-3000000} device=${DEVICE:-cpu}
export PYTHONPATH="$PWD" OMP_NUM_THREADS=1 LP_NUM_THREADS=1
# Keep freed memory: the kernel's clearing of the same pages at every step takes a tenth of the time
export MALLOC_TRIM_THRESHOLD_=4294967296 MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TOP_PAD_=268435456
mkdir -p "$work/pool" "$keep/pool"

newer() {  # FROM TO: copy what is new in FROM, each file whole or not at all
    for file in "$1"/*.pt "$1"/pool/*.npz; do
        copy=$2/${file#"$1"/}
        case $file in */partial_* | *'*'*) continue ;; esac
        if [ ! -e "$copy" ] || [ "$file" -nt "$copy" ]; then  # -nt alone is false in some shells where there is no copy
            cp -p "$file" "$copy.copying" && mv "$copy.copying" "$copy"
        fi
    done
}
# a damaged copy is worse than none: of two checkpoints the newer one counts
newer "$keep" "$work"
"$python" -m projects.toyroom.progress --work "$work" --images "$images" --steps "$steps" --samples "$samples"
if [ "${1:-}" = status ]; then exit 0; fi

# Where Linux groups processes by session, nice counts within a group alone: the group yields too, and the trainings see to theirs
if [ -w "/proc/$$/autogroup" ]; then echo "${NICE:-10}" > "/proc/$$/autogroup" 2>/dev/null || true; fi
run() { nice -n "${NICE:-10}" "$python" -m "$@"; }
# A second copy every ten minutes, as long as this script runs
(while sleep 600; do newer "$work" "$keep"; done) &
copier=$!
trap 'kill $copier 2>/dev/null; newer "$work" "$keep"' EXIT
trap 'exit 130' INT TERM

half=$((images / 1000 * 500))
run projects.toyroom.render pool --out "$work/pool" --num "$half" &
run projects.toyroom.render pool --out "$work/pool" --num "$images" --first "$half"
wait $!
train="projects.toyroom.train_generator --pool $work/pool --work $work"
run $train autoencoder --steps "$steps" --smooth 0.25
run $train latents
if [ "$device" = cpu ]; then
    run torch.distributed.run --nproc-per-node 2 -m $train diffusion --samples "$samples" --out "$work/generator" ${OPTIONS---muon}
else
    run $train diffusion --samples "$samples" --device "$device" --batch 512 --out "$work/generator" ${OPTIONS---muon}
fi
