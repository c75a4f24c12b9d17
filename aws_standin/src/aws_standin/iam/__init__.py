"""Who may do what: policies, their evaluation, simulation and enforcement.

matching.py     wildcards, ARNs, policy variables
conditions.py   condition operators
policy.py       a policy document as statements
evaluation.py   the decision, a pure function
attached.py     the policies of a user, group or role, read through IAM
simulation.py   SimulatePrincipalPolicy, SimulateCustomPolicy, GetContextKeysFor…
targets.py      which resources and leading keys a call is about
enforcement.py  refusing calls, where the control door asks for it
analyzer.py     Access Analyzer's CheckNoPublicAccess and CheckAccessNotGranted
"""
