"""Films: fragmented MP4 written, indexed, served as plain MP4, cut. Knows nothing of sealing.

A film is H.264 (no B-frames, a keyframe every second) and AAC in fragmented MP4: a header, then
a fragment (``moof`` and ``mdat``) each 200 ms, with event boxes and padding between. It begins at
its first keyframe; picture and sound are placed on that timeline by their own times.

Fragments are written by ``mux``, in Python, and not by libav's muxer: that one holds pictures
back while a microphone is silent, and does not tell where a fragment ends, which is where a film
can be made durable.

===============  ====================================================================
``boxes``        what an MP4 is made of
``h264``         access units, and what an MP4 makes of them
``moov``         the header: who the film is and what its tracks are
``mux``          pictures and sound in, fragments out
``sound``        samples placed by time, bent to the picture's clock, as AAC
``events``       marks, pauses and the stop, inside the film
``runs``         what a fragment's head tells
``fragments``    where every picture and every packet lies; the index beside a film
``faststart``    the film as a plain MP4, made up as it is read
``cut``          a clip, exact to the picture at both ends
``jobs``         what is worked on behind walls, and what walls promise
``walls``        bubblewrap's words, and how much memory a program gets
``bubble``       jobs behind bubblewrap
``unit``         jobs handed to the media worker's unit
``handover``     how a job is handed over, with its open files
``porter``       the unit's side: takes a job, has it done, ends it
``alone``        whether a process stands behind walls
``worker``       reads a film from elsewhere behind walls, for ``sandbox``
``scene``        the parts of a film to keep
``graph``        ffmpeg's graph that makes a part
``rendering``    one run of the ffmpeg program behind walls
``reel``         parts joined to a plain MP4, as they come
``chapters``     chapters of an MP4
``speech``       where somebody speaks, never who
``moments``      where voice, pause and movement change quickly: worth a look
``lanes``        all that is shown under a film, as one container
===============  ====================================================================

``boxes``, ``h264``, ``moov``, ``mux``, ``events``, ``runs``, ``fragments`` and ``faststart`` need
nothing but Python. A film read here is hostile input: every size is bounded, and what is no film
is a :class:`~vigbox.media.boxes.BoxError`.
"""
