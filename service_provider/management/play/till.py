"""The real basket and the real till of the shop, used through their forms."""

from dataclasses import dataclass, field

from service_provider.management.play.accounts import Account, Accounts
from service_provider.management.play.browser import Answer, Browser
from service_provider.management.play.tally import Tally
from service_provider.services.orders import PAYMENT_METHODS

TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the name of a field
MOST_PIECES = 9


@dataclass(slots=True)
class Till:
    """What was refused, sold out for instance, is counted and the visit goes on."""

    browser: Browser
    tally: Tally
    _held: list[str] = field(default_factory=list)  # what she put in and did not take out

    def add(self, product_id: str, quantity: int) -> None:
        """Lost where nobody knows whether it is in the basket."""
        page = self.browser.get(f"/shop/p/{product_id}/")
        fields = {TOKEN: _token(page), "product_id": product_id, "quantity": f"{min(quantity, MOST_PIECES)}"}
        answer = self.browser.post("/basket/add/", fields | {"next": "/basket/"}, is_once=True)
        if self._is_taken(answer):
            self._held.append(product_id)

    def remove(self, product_id: str) -> None:
        """Lost as in `add`."""
        if product_id not in self._held:
            return
        page = self.browser.get("/basket/")
        fields = {TOKEN: _token(page), "product_id": product_id}
        if self._is_taken(self.browser.post("/basket/remove/", fields, is_once=True)):
            self._held = [held for held in self._held if held != product_id]

    def check_out(self, accounts: Accounts, *, payment: float) -> None:
        """Logs in with an account that is lent to her, pays, and logs out. `payment` (0 to 1) chooses how."""
        if not self._held:
            return  # everything was refused: there is nothing to pay
        account = accounts.take()
        if account is None:
            self.tally.add("refused")
            return
        if not self._log_in(account):
            self.tally.add("refused")  # and the account is not tried again: nobody shall be locked out
            return
        try:
            self._pay(PAYMENT_METHODS[int(payment * len(PAYMENT_METHODS))])
            self._log_out()
        finally:
            accounts.give_back(account)

    def _log_in(self, account: Account) -> bool:
        page = self.browser.get("/account/login/?next=/checkout/")
        fields = {TOKEN: _token(page), "login": account.name, "password": account.password}
        answer = self.browser.post("/account/login/", fields | {"next": "/checkout/"})
        return answer.status == 302 and "sessionid" in self.browser.cookies

    def _pay(self, method: str) -> None:
        page = self.browser.get("/checkout/")
        given = page.fields()
        fields = {name: given.get(name, "") for name in (TOKEN, "token", "agreed_minor", "coupon_ids")}
        answer = self.browser.post("/checkout/", fields | {"payment_method": method})
        if self._is_taken(answer):
            self.tally.add("orders")
            self.tally.add("redeemed", len(fields["coupon_ids"].split(",")) if fields["coupon_ids"] else 0)
            self.browser.get(answer.location)
        else:
            self._empty()

    def _empty(self) -> None:
        """Takes out what cannot be bought, so that it does not wait for whoever has the account next."""
        for product_id in self._held:
            page = self.browser.get("/basket/")
            self.browser.post("/basket/remove/", {TOKEN: _token(page), "product_id": product_id})

    def _log_out(self) -> None:
        self.browser.post("/account/logout/", {TOKEN: _token(self.browser.get("/orders/"))})

    def _is_taken(self, answer: Answer) -> bool:
        """A form that was taken leads on; one that was refused is shown again."""
        is_taken = answer.status == 302
        if not is_taken:
            self.tally.add("refused")
        return is_taken


def _token(page: Answer) -> str:
    return page.fields().get(TOKEN, "")
