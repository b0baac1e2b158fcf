"""Trusting what the course ships, so that JupyterLab shows its pictures."""

from __future__ import annotations

from fanout.lab.launch import Launch


def trust(launch: Launch) -> int:
    """Sign the built notebooks, so that JupyterLab shows their pictures; returns how many.

    Pictures are HTML, which JupyterLab leaves out of notebooks that came from elsewhere. Only what
    the project ships executed is signed, and only for labs that are opened from here.
    """
    import nbformat
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary(data_dir=launch.env["JUPYTER_DATA_DIR"])
    signed = 0
    for folder in ("notebooks", "solutions"):
        for path in sorted((launch.root / folder).glob("*.ipynb")):
            try:
                notary.sign(nbformat.read(path, as_version=4))
            except (OSError, ValueError, nbformat.ValidationError) as error:
                # JupyterLab will open the others, and says itself what is wrong with this one.
                print(f"{path.relative_to(launch.root)} could not be read: {error}")
            else:
                signed += 1
    notary.store.close()
    return signed
