"""What tests of the API send, and how they read a refusal."""

from typing import Any

URL = "/api/v1/predictions/"
ASKED = {
    "Tid": "T1",
    "coupon_no": "",
    "customer_id": "C1",
    "gender": "Female",
    "age": 34,
    "category": "Clothing",
    "quantity": 2,
    "price": "600.16",
    "payment_method": "Cash",
    "invoice_date": "2026-05-19",
    "shopping_mall": "Kanyon",
}


def problem(response: Any, status: int) -> Any:
    """The response, made sure to be a whole problem of that status."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    told = response.json()
    assert set(told) - {"reason", "say"} == {"type", "title", "status", "detail", "errors"}
    assert told["status"] == status
    assert told["detail"]
    return told
