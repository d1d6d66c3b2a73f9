"""What a command does until all stages are ready: it does them, or watches the workers, and draws bars."""
