"""Which device is meant, without loading torch where its build tells."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from bigenough.engine import device
from bigenough.errors import DeviceError


@pytest.mark.parametrize(
    ("build", "asked", "named"), [("2.13.0+cpu", "auto", "cpu"), ("2.13.0", "auto", "cuda"), ("2.13.0", "cpu", "cpu")]
)
def test_a_build_for_cpus_is_asked_for_no_other_device(
    monkeypatch: pytest.MonkeyPatch, build: str, asked: str, named: str
) -> None:
    monkeypatch.setattr(device, "version", lambda name: build)
    monkeypatch.setattr(device, "resolve_device", lambda name: torch.device("cuda"))
    assert device.device_name(asked) == named


@pytest.mark.parametrize(("gigabytes", "processes"), [(80, 8), (16, 4), (6, 1), (2, 1)])
def test_each_process_has_room_on_a_gpu(monkeypatch: pytest.MonkeyPatch, gigabytes: int, processes: int) -> None:
    room = SimpleNamespace(total_memory=gigabytes * 10**9)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda name: room)
    assert device.gpu_processes("cuda") == processes


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(DeviceError, match="no device 'tpu' on this machine"):
        device.device_name("tpu")


def test_naming_the_cpu_and_reading_a_training_load_no_torch() -> None:
    code = (
        "import sys; from bigenough.engine.device import device_name; from bigenough.engine.training import Training; "
        "device_name('cpu'); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
