#!/bin/bash
# One data set by a Slurm array: each task makes one part of the shards (tools/generate.py --part), in one folder on a
# shared file system. A task that is requeued or submitted again goes on where it stopped.
#     sbatch --array=0-31 tools/slurm_generate.sh configs/generate/voc.py --num 1000000 --out /shared/voc
#SBATCH --job-name=generate
#SBATCH --array=0-7
#SBATCH --gpus-per-task=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --mem=32G
#SBATCH --time=24:00:00
#SBATCH --requeue
set -eu
# the tasks of an array may be numbered from anywhere, but without gaps: 0-31, not 0-31:2
part=$((SLURM_ARRAY_TASK_ID - SLURM_ARRAY_TASK_MIN + 1))
if [ $((SLURM_ARRAY_TASK_MAX - SLURM_ARRAY_TASK_MIN + 1)) -ne "$SLURM_ARRAY_TASK_COUNT" ]; then
    echo "error: the array has gaps; give --array=FIRST-LAST" >&2
    exit 2
fi
exec python tools/generate.py "$@" --part "$part/$SLURM_ARRAY_TASK_COUNT"
