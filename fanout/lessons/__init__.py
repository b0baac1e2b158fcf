"""The course itself: a syllabus, and a folder a lesson."""
