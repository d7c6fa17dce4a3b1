"""One port for the replicas of a service, replaced without a lost request."""
