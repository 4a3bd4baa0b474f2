package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ended waits for the end of a process and returns what the processes took that it has started and waited for. Linux
// tells that, in hundredths of a second, until somebody waits for the process itself:
// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html (cutime, cstime).
func ended(pid int) time.Duration {
	for errors.Is(unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil), unix.EINTR) {
		continue
	}
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(stat), ") ") // The name before may hold spaces.
	fields := strings.Fields(after)
	if len(fields) < 15 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[13], 10, 64)
	system, _ := strconv.ParseInt(fields[14], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond
}
