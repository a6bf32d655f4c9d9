"""The rules of the registry: people, plan, numbers, cases, documents."""
