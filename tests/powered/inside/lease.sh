#!/bin/sh
# What busybox's udhcpc calls in the tablet's name space: takes the address and the name server.
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
[ -z "$router" ] || ip route add default via "$router"
mkdir -p /etc/netns/tablet
echo "nameserver $dns" >/etc/netns/tablet/resolv.conf
echo "address=$ip router=$router dns=$dns"
