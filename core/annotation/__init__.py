"""What annotators say: the event log, queues, agreement and relabelling."""
