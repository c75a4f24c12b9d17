"""Words for access: policies, trust and selectors, read without asking anybody."""
