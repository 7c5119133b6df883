"""Campaigns: made, edited, begun, paused and ended, each change in the audit log. One verb, one transaction."""

from service_provider.services.campaigns.changing import (
    CampaignNotFound,
    ChangedMeanwhile,
    create,
    duplicate,
    edit,
)
from service_provider.services.campaigns.rules import CampaignRefused, broken
from service_provider.services.campaigns.running import (
    WrongState,
    allow_all,
    end,
    pause,
    publish,
    resume,
    stop_all,
)

__all__ = [
    "CampaignNotFound",
    "CampaignRefused",
    "ChangedMeanwhile",
    "WrongState",
    "allow_all",
    "broken",
    "create",
    "duplicate",
    "edit",
    "end",
    "pause",
    "publish",
    "resume",
    "stop_all",
]
