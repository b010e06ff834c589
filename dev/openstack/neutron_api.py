"""Neutron's API as uwsgi loads it, with the policy rules read before the first request.

Neutron reads them in the first request that asks for a permission, and sets the global enforcer before
it has its rules: whatever other thread asks in those milliseconds gets 403 for everything.
"""

from neutron import policy
from neutron.wsgi.api import application

__all__ = ["application"]

policy.init()
