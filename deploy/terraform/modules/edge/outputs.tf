output "dns_name" {
  description = "Name of the balancer: what the public name is an alias of."
  value       = aws_lb.this.dns_name
}

output "zone_id" {
  description = "Route 53 zone of the balancer, for an alias record."
  value       = aws_lb.this.zone_id
}

output "target_group_arn" {
  description = "Target group that the pods are bound to."
  value       = aws_lb_target_group.this.arn
}

output "metric_names" {
  description = "The balancer and the target group as CloudWatch names them, for alarms."
  value = {
    load_balancer = aws_lb.this.arn_suffix
    target_group  = aws_lb_target_group.this.arn_suffix
  }
}
