"""All models and the libraries that they need, which take seconds to load: processes that fit are forked of one that has these.

No thread may run in it, and no GPU be looked at, since neither comes through a fork.
"""

import torch

import bigenough.engine.train  # noqa: F401
from bigenough.registry import MODELS

for name in MODELS:
    MODELS[name]
torch.optim.SGD([torch.zeros(1)])  # a first optimiser loads torch's compiler, which takes nearly as long as torch
