"""The ladder of churn as it is climbed, measured and chosen from: docs/algorithms/churn.md."""
