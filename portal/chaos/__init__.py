"""`script/chaos`: a product under load while its processes are killed and its gateway lies, then an audit."""
