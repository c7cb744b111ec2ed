"""Where an application spends its time: measured under a short load in the sandbox, each finding with its line."""
