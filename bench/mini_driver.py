"""Run by mini-swe-agent's own Python: `mini_driver.py URL FOLDER TASK`. As `mini` without questions."""

import sys
from pathlib import Path

import minisweagent
import yaml
from minisweagent.agents.default import DefaultAgent
from minisweagent.environments.local import LocalEnvironment
from minisweagent.models.litellm_model import LitellmModel


def main(url: str, folder: str, task: str) -> None:
    config = yaml.safe_load((Path(minisweagent.__file__).parent / "config" / "mini.yaml").read_text())
    agent = {key: value for key, value in config["agent"].items() if key != "mode"}
    agent |= {"cost_limit": 0, "output_path": Path(folder).parent / "trajectory.json"}
    kwargs = (config["model"].pop("model_kwargs", None) or {}) | {"api_base": url, "api_key": "none"}
    model = LitellmModel(
        model_name="openai/scripted", cost_tracking="ignore_errors", model_kwargs=kwargs, **config["model"]
    )
    environment = LocalEnvironment(cwd=folder, **config["environment"])
    done = DefaultAgent(model, environment, **agent).run(task)
    if done.get("exit_status") != "Submitted":
        sys.exit(f"it ended otherwise: {done}")


if __name__ == "__main__":
    main(*sys.argv[1:])
