"""The tables that `tapetop export` writes: what a row of each holds, and when there is one."""
