"""The bundled models: the language they speak, the program that trains them, and their files."""
