"""The seccomp filter: system calls that tests of ordinary code do not need, refused with EPERM.

A list of what is refused, not of what is allowed: it goes with a kernel's other guards (no
capabilities, Landlock or namespaces) and keeps code running that a list of allowed calls would
break with every new libc. It does not cover bugs in the calls that remain.
"""

import errno
import struct

from mcp_server.sandbox.jail import kernel

# Names with their numbers on x86_64 and aarch64; -1 where a call does not exist.
_Table = tuple[tuple[int, int], ...]

_NETWORK: _Table = (
    (41, 198),  # socket; socketpair stays, asyncio needs it
    (42, 203),  # connect
    (49, 200),  # bind
    (50, 201),  # listen
)
_OTHER_PROCESSES: _Table = (
    (101, 117),  # ptrace
    (310, 270),  # process_vm_readv
    (311, 271),  # process_vm_writev
    (312, 272),  # kcmp
    (438, 438),  # pidfd_getfd
    (424, 424),  # pidfd_send_signal
    (440, 440),  # process_madvise
    (448, 448),  # process_mrelease
    (279, 239),  # move_pages
    (256, 238),  # migrate_pages
)
_MOUNTS: _Table = (
    (165, 40),  # mount
    (166, 39),  # umount2
    (155, 41),  # pivot_root
    (161, 51),  # chroot
    (272, 97),  # unshare
    (308, 268),  # setns
    (428, 428),  # open_tree
    (429, 429),  # move_mount
    (430, 430),  # fsopen
    (431, 431),  # fsconfig
    (432, 432),  # fsmount
    (433, 433),  # fspick
    (442, 442),  # mount_setattr
    (303, 264),  # name_to_handle_at
    (304, 265),  # open_by_handle_at
    (300, 262),  # fanotify_init
    (301, 263),  # fanotify_mark
)
_KERNEL: _Table = (
    (321, 280),  # bpf
    (298, 241),  # perf_event_open
    (323, 282),  # userfaultfd
    (425, 425),  # io_uring_setup: its requests pass by a filter
    (426, 426),  # io_uring_enter
    (427, 427),  # io_uring_register
    (250, 219),  # keyctl
    (248, 217),  # add_key
    (249, 218),  # request_key
    (175, 105),  # init_module
    (313, 273),  # finit_module
    (176, 106),  # delete_module
    (246, 104),  # kexec_load
    (320, 294),  # kexec_file_load
    (169, 142),  # reboot
    (167, 224),  # swapon
    (168, 225),  # swapoff
    (163, 89),  # acct
    (179, 60),  # quotactl
    (164, 170),  # settimeofday
    (227, 112),  # clock_settime
    (159, 171),  # adjtimex
    (305, 266),  # clock_adjtime
    (170, 161),  # sethostname
    (171, 162),  # setdomainname
    (103, 116),  # syslog
    (172, -1),  # iopl
    (173, -1),  # ioperm
    (154, -1),  # modify_ldt
    (153, 58),  # vhangup
    (135, 92),  # personality
)
# Memory that neither the limit on the address space nor the resident size shows.
_HIDDEN_MEMORY: _Table = (
    (319, 279),  # memfd_create
    (447, 447),  # memfd_secret
    (29, 194),  # shmget
    (30, 196),  # shmat
    (68, 186),  # msgget
    (64, 190),  # semget
    (240, 180),  # mq_open
)
# What Landlock leaves open and a mount namespace closes: the metadata of the user's own files,
# watching them, and leaving the process group by which everything is killed.
_METADATA: _Table = (
    (90, -1),  # chmod
    (91, 52),  # fchmod
    (268, 53),  # fchmodat
    (452, 452),  # fchmodat2
    (92, -1),  # chown
    (93, 55),  # fchown
    (94, -1),  # lchown
    (260, 54),  # fchownat
    (188, 5),  # setxattr
    (189, 6),  # lsetxattr
    (190, 7),  # fsetxattr
    (463, 463),  # setxattrat
    (197, 14),  # removexattr
    (198, 15),  # lremovexattr
    (199, 16),  # fremovexattr
    (466, 466),  # removexattrat
    (469, 469),  # file_setattr
    (132, -1),  # utime
    (235, -1),  # utimes
    (261, -1),  # futimesat
    (280, 88),  # utimensat
    (254, 27),  # inotify_add_watch
    (112, 157),  # setsid
    (109, 154),  # setpgid
)
# Calls about a process, where only 0 (oneself) is let through, with the argument that names it.
_ONLY_SELF = (
    ((302, 261), 0),  # prlimit64
    ((203, 122), 0),  # sched_setaffinity
    ((142, 118), 0),  # sched_setparam
    ((144, 119), 0),  # sched_setscheduler
    ((314, 274), 0),  # sched_setattr
    ((141, 140), 1),  # setpriority
    ((251, 30), 1),  # ioprio_set
)
_SIGNALS: _Table = ((62, 129), (200, 130), (234, 131), (129, 138), (297, 240))
_CLONE, _CLONE3, _SOCKETPAIR = (56, 220), (435, 435), (53, 199)
_NEW_NAMESPACES = 0x7E02_0080
_SOCK_STREAM, _SOCK_TYPE_MASK = 1, 0xF

_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_BITS = 0x15, 0x35, 0x45
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
_AT_NUMBER, _AT_ARCHITECTURE, _AT_ARGUMENTS = 0, 4, 16
_AUDIT = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
_X32 = 0x4000_0000


def install(*, guard_metadata: bool, own_pid: int | None = None) -> None:
    """Refuse the calls above to this process and all that it starts.

    Args:
        guard_metadata: Also refuse what only a mount namespace would make harmless.
        own_pid: Let signals go to this process and its group only; None leaves them to others.
    """
    kernel.install_filter(program(guard_metadata=guard_metadata, own_pid=own_pid))


def program(*, guard_metadata: bool, own_pid: int | None = None) -> bytes:
    """The filter as an array of struct sock_filter."""
    name = kernel.architecture()
    column = 0 if name == "x86_64" else 1
    refused = _ERRNO | errno.EPERM
    tables = (_NETWORK, _OTHER_PROCESSES, _MOUNTS, _KERNEL, _HIDDEN_MEMORY)
    code = [
        _op(_LOAD, _AT_ARCHITECTURE),
        _op(_JUMP_EQUAL, _AUDIT[name], 1, 0),
        _op(_RETURN, _KILL_PROCESS),
        _op(_LOAD, _AT_NUMBER),
    ]
    if name == "x86_64":
        code += [_op(_JUMP_AT_LEAST, _X32, 0, 1), _op(_RETURN, refused)]
    for table in (*tables, *((_METADATA,) if guard_metadata else ())):
        for numbers in table:
            code += [_op(_JUMP_EQUAL, numbers[column] & 0xFFFF_FFFF, 0, 1), _op(_RETURN, refused)]
    # glibc falls back to clone, whose flags a filter can read.
    code += [_op(_JUMP_EQUAL, _CLONE3[column], 0, 1), _op(_RETURN, _ERRNO | errno.ENOSYS)]
    code += _when(_CLONE[column], 0, [_op(_JUMP_BITS, _NEW_NAMESPACES, 0, 1)])
    # Datagram pairs could be pointed at a socket elsewhere.
    stream = [_op(_AND, _SOCK_TYPE_MASK), _op(_JUMP_EQUAL, _SOCK_STREAM, 1, 0)]
    code += _when(_SOCKETPAIR[column], 1, stream)
    for numbers, argument in _ONLY_SELF:
        code += _when(numbers[column], argument, [_op(_JUMP_EQUAL, 0, 1, 0)])
    if own_pid is not None:
        to_self = [_op(_JUMP_EQUAL, 0, 2, 0), _op(_JUMP_EQUAL, own_pid, 1, 0)]
        for numbers in _SIGNALS:
            code += _when(numbers[column], 0, to_self)
    return b"".join([*code, _op(_RETURN, _ALLOW)])


def _when(number: int, argument: int, test: list[bytes]) -> list[bytes]:
    """For the call `number`, refuse unless `test` jumps over the next instruction."""
    body = [
        _op(_LOAD, _AT_ARGUMENTS + 8 * argument),
        *test,
        _op(_RETURN, _ERRNO | errno.EPERM),
        _op(_RETURN, _ALLOW),
    ]
    return [_op(_JUMP_EQUAL, number, 0, len(body)), *body]


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)
