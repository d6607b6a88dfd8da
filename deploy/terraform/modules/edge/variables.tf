variable "name" {
  description = "Name of the balancer and prefix of the names of all its resources."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,25}$", var.name))
    error_message = "name is 2 to 26 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "vpc_id" {
  description = "VPC of the balancer and the pods."
  type        = string
}

variable "subnet_ids" {
  description = "Public subnets of the balancer, in two zones at least."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids names subnets of two zones at least."
  }
}

variable "pod_security_group_id" {
  description = "Security group of the pods: the balancer may reach their port, and nothing else."
  type        = string
}

variable "certificate_arn" {
  description = "Certificate of the public name, from ACM in the same region."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:acm:", var.certificate_arn))
    error_message = "certificate_arn is the ARN of an ACM certificate."
  }
}

variable "client_cidrs" {
  description = "Address ranges of the clients."
  type        = list(string)
  default     = ["0.0.0.0/0"]

  validation {
    condition     = length(var.client_cidrs) > 0 && alltrue([for cidr in var.client_cidrs : can(cidrhost(cidr, 0))])
    error_message = "client_cidrs holds IPv4 ranges."
  }
}

variable "pod_port" {
  description = "Port that the pods listen on: PORT of the service."
  type        = number
  default     = 3000

  validation {
    condition     = var.pod_port >= 1 && var.pod_port <= 65535
    error_message = "pod_port is from 1 to 65535."
  }
}

variable "internal_paths" {
  description = "Paths that are answered with 404 from outside. At most four: a rule takes five conditions."
  type        = list(string)
  default     = ["/metrics", "/docs", "/docs/*", "/docs-json"]

  validation {
    condition     = length(var.internal_paths) >= 1 && length(var.internal_paths) <= 4
    error_message = "internal_paths holds one to four paths."
  }
}

variable "access_log_bucket" {
  description = "Bucket of the access logs, with the policy that the balancer needs. Empty: none are written."
  type        = string
  default     = ""
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}
