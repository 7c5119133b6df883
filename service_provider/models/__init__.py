"""The ledger: one schema for both apps; fields and constraints, no logic."""

from service_provider.models.alarms import Alarm
from service_provider.models.audit import AuditEntry
from service_provider.models.campaigns import Campaign, CampaignDay, CampaignShopper
from service_provider.models.catalogue import Product
from service_provider.models.coupons import Coupon, Decision, LedgerRow, Redemption
from service_provider.models.feedback import Feedback
from service_provider.models.jobs import Job, Schedule, Worker
from service_provider.models.keys import ApiKey, IdempotencyRecord
from service_provider.models.learning import DataSet, LabelledTransaction, ModelVersion, Promotion
from service_provider.models.mall import Mall
from service_provider.models.misses import Miss
from service_provider.models.orders import Order, OrderLine
from service_provider.models.people import Account, Consent, Invitation, User
from service_provider.models.predictions import RevenuePrediction
from service_provider.models.rehearsals import Rehearsal
from service_provider.models.risk import RiskScore
from service_provider.models.segments import Membership
from service_provider.models.shop import BasketLine
from service_provider.models.shoppers import Shopper
from service_provider.models.tills import Till, WrongCodes
from service_provider.models.transactions import Transaction
from service_provider.models.trends import EventDay, SearchDay
from service_provider.models.visits import Event, Visit

__all__ = [
    "Account",
    "Alarm",
    "ApiKey",
    "AuditEntry",
    "BasketLine",
    "Campaign",
    "CampaignDay",
    "CampaignShopper",
    "Consent",
    "Coupon",
    "DataSet",
    "Decision",
    "Event",
    "EventDay",
    "Feedback",
    "IdempotencyRecord",
    "Invitation",
    "Job",
    "LabelledTransaction",
    "LedgerRow",
    "Mall",
    "Membership",
    "Miss",
    "ModelVersion",
    "Order",
    "OrderLine",
    "Product",
    "Promotion",
    "Redemption",
    "Rehearsal",
    "RevenuePrediction",
    "RiskScore",
    "Schedule",
    "SearchDay",
    "Shopper",
    "Till",
    "Transaction",
    "User",
    "Visit",
    "Worker",
    "WrongCodes",
]
