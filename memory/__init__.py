"""What outlives a step: records, repositories, checkpoints, code, events, secrets and the embedded services."""
