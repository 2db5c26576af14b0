"""Labels and names by which what this program makes is known in an engine."""

from __future__ import annotations

TRIAL_LABEL = "serving-wizard.trial"
"""The label with a trial's id, on everything the trial creates in an engine."""
TRIAL_FOLDER = "serving-wizard.folder"
"""The label with the folder of the trial's files."""
TRIAL_NAME = "serving-wizard-"
"""Prefix of the names of a trial's containers, with its id and the name of the process behind it, and of its folder."""
FOLDER_LABEL = "com.docker.compose.project.working_dir"
"""The label with the absolute path of a folder, on the containers that its Compose file or its scripts make."""
