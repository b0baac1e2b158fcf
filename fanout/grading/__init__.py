"""Grading: learners' notebooks run in a sandbox, judged from outside, and never lost.

`grade_one.grade_work` grades one notebook in a `pool.Pool` of boxes; what it finds is in `results`.
"""
