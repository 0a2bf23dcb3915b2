"""Many networks trained as one tensor program; knows no draw and no study."""

import os

# MKL, which multiplies torch's matrices on x86, reads this at its first product. Without it some CPUs' kernels round by where a
# matrix begins in memory, so that a member's bits would depend on its place in the stack.
os.environ.setdefault("MKL_CBWR", "AUTO,STRICT")
