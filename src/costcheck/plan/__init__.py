"""The best parallel layouts for a fleet, and the fleet for a deadline or a budget."""

from costcheck.plan.choice import Limits
from costcheck.plan.fleet import FleetPlan, PlannedLayout, plan_fleet
from costcheck.plan.solve import Plan, Request, plan

__all__ = ["FleetPlan", "Limits", "Plan", "PlannedLayout", "Request", "plan", "plan_fleet"]
