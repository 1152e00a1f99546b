"""What `iact doctor` looks at: each module one part of the system, each finding with its way out. Changes nothing."""
