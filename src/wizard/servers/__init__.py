"""Everything the product knows about the servers: one package each, behind one contract.

`wizard.registry` finds them through the entry-point group `serving_wizard.servers`, where third-party packages register
in the same way.
"""
